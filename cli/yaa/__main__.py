from yaa.main import main

main()
